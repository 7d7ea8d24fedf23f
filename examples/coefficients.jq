# The coefficient table of a model version, for people: curl … | jq -rf coefficients.jq

def pad_left(width): if length < width then (" " * (width - length)) + . else . end;
def pad_right(width): if length < width then . + (" " * (width - length)) else . end;

# The digits of a number that is not negative, with so many decimals.
def fixed($decimals):
  (. * pow(10; $decimals) | round | tostring)
  | pad_left($decimals + 1) | gsub(" "; "0")
  | .[:length - $decimals] + "." + .[length - $decimals:];
def magnitude($decimals):
  if . != 0 and (. < pow(10; -$decimals) or . >= 1e6) then
    (log10 | floor) as $exponent | (. / pow(10; $exponent) | fixed(2)) + "e\($exponent)"
  else fixed($decimals) end;
def show($decimals):
  if . == null then "-"
  elif . < 0 then "-" + (-. | magnitude($decimals))
  else magnitude($decimals) end;

def estimate:
  if .infinite then .infinite + "infinite" elif .aliased then "aliased" else .estimate | show(5) end;
def line($term_width; term; cells):
  [(term | pad_right($term_width)), (cells | pad_left(10))] | join(" ");

([.coefficients[].term | length] | max) as $width
| line($width; "term"; "estimate", "std error", "z", "p", "2.5 %", "97.5 %", "odds ratio"),
  (.coefficients | group_by(.class)[]
   | (.[0].class | select(.) | . + ":"),
     (.[] | line($width; .term; estimate, (.std_error | show(5)), (.z | show(3)),
                 (.p_value | show(4)), (.ci_low, .ci_high | show(4)), (.odds_ratio | show(4)))))
