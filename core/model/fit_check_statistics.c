#include "core/model/fit_check_statistics.h"

#include "core/model/family.h"
#include "core/model/fit_problem.h"
#include "core/model/row_residuals.h"

bool fit_check_statistics_wanted(const struct fit_request *request)
{
    bool is_penalised = request->l2 > 0 || request->l1 > 0 || request->path.n_lambdas > 0;
    return request->statistics < 0 ? !is_penalised : request->statistics > 0;
}

/* ---- what is wrong with the request ---- */

typedef bool broken_fn(const struct fit_request *request, const struct summary *summary);

static bool has_odd_confidence(const struct fit_request *request,
                               const struct summary *summary)
{
    (void)summary;
    return !(request->details.confidence > 0 && request->details.confidence < 1);
}

static bool lacks_clusters(const struct fit_request *request,
                           const struct summary *summary)
{
    (void)summary;
    return request->details.covariance == COVARIANCE_CLUSTER && !request->details.cluster;
}

static bool has_needless_clusters(const struct fit_request *request,
                                  const struct summary *summary)
{
    (void)summary;
    return request->details.covariance != COVARIANCE_CLUSTER && request->details.cluster;
}

static bool profiles_robustly(const struct fit_request *request,
                              const struct summary *summary)
{
    (void)summary;
    return request->details.profile && request->details.covariance != COVARIANCE_MODEL;
}

static bool lacks(const struct fit_request *request, bool asked)
{
    return asked && (!fit_check_statistics_wanted(request) || request->l1 > 0);
}

static bool covaries_without(const struct fit_request *request,
                             const struct summary *summary)
{
    (void)summary;
    return lacks(request, request->details.covariance != COVARIANCE_MODEL);
}

static bool profiles_without(const struct fit_request *request,
                             const struct summary *summary)
{
    (void)summary;
    return lacks(request, request->details.profile);
}

static bool has_effects_without(const struct fit_request *request,
                                const struct summary *summary)
{
    (void)summary;
    return lacks(request, request->details.marginal_effects);
}

/* Of factors with levels the rows tell (fit_details_check). */
static bool has_effects_of_products(const struct fit_request *request,
                                    const struct summary *summary)
{
    const struct formula *formula = request->terms;
    (void)summary;
    if (!formula || !request->details.marginal_effects)
        return false;
    for (size_t t = 0; t < formula->n_terms; t++) {
        const struct formula_term *term = &formula->terms[t];
        if (term->n_factors > 1 ||
            formula->factors[term->factors[0]].kind == FORMULA_EXPRESSION)
            return true;
    }
    return false;
}

static bool inflates_without(const struct fit_request *request,
                             const struct summary *summary)
{
    (void)summary;
    return lacks(request, request->details.vif);
}

static bool is_other_family(const struct fit_request *request,
                            const struct summary *summary)
{
    const struct fit_statistics *details = &request->details;
    enum family family;
    (void)summary;
    return family_find(request->family, &family) && !family_traits(family)->is_logistic &&
           (details->covariance != COVARIANCE_MODEL || details->profile ||
            details->marginal_effects || details->vif || details->residuals);
}

static bool has_many_residuals(const struct fit_request *request,
                               const struct summary *summary)
{
    return request->details.residuals && summary->n_rows > ROW_RESIDUALS_MOST_ROWS;
}

#define NEEDS_STATISTICS                                                                 \
    "needs standard errors, which this fit does not have; add \"statistics\":true, and " \
    "take no l1 penalty"

static const struct rule {
    broken_fn *is_broken;
    enum error_code code;
    const char *place, *message;
} rules[] = {
    {has_odd_confidence, ERROR_OUT_OF_RANGE, "/confidence",
     "must be more than 0 and less than 1"},
    {lacks_clusters, ERROR_MISSING_FIELD, "/cluster",
     "name the column whose values are the clusters"},
    {has_needless_clusters, ERROR_INVALID, "/cluster",
     "only \"covariance\":\"cluster\" has clusters; ask for it, or leave this out"},
    {profiles_robustly, ERROR_INVALID, "/intervals",
     "a profile of the likelihood takes the likelihood at its word, a robust covariance "
     "does not; choose one of them"},
    {covaries_without, ERROR_INVALID, "/covariance", NEEDS_STATISTICS},
    {profiles_without, ERROR_INVALID, "/intervals", NEEDS_STATISTICS},
    {has_effects_without, ERROR_INVALID, "/marginal_effects", NEEDS_STATISTICS},
    {has_effects_of_products, ERROR_INVALID, "/marginal_effects",
     "are of inputs that are terms by themselves, and the formula has a product or an "
     "expression; leave them out"},
    {inflates_without, ERROR_INVALID, "/vif", NEEDS_STATISTICS},
    {is_other_family, ERROR_INVALID, "/family",
     "robust covariances, profiles, marginal effects, vif and residuals are of binomial "
     "and multinomial models; leave them out"},
    {has_many_residuals, ERROR_TOO_LARGE, "/residuals",
     "residuals are kept with the model, for up to 100000 rows of data"},
};

long fit_check_statistics(const struct fit_request *request,
                          const struct summary *summary, fit_problem_fn *problem,
                          void *context)
{
    long n = 0;
    for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++)
        if (rules[i].is_broken(request, summary))
            n += fit_problem_tell(problem, context, rules[i].code, rules[i].place, "%s",
                                  rules[i].message);
    return n;
}
