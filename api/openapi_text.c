#include "api/openapi_text.h"

/* The assembler takes the file in, from the root of the tree; the Makefile knows of it.
 */
__asm__(".section .rodata\n"
        ".global openapi_text\n"
        "openapi_text:\n"
        ".incbin \"openapi.yaml\"\n"
        "1:\n"
        ".byte 0\n"
        ".balign 8\n"
        ".global openapi_text_bytes\n"
        "openapi_text_bytes:\n"
        ".quad 1b - openapi_text\n"
        ".previous\n");
