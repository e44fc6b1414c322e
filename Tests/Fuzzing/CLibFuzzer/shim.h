// libFuzzer as a library, which has no header for C: see "Using libFuzzer as a library" in its documentation.
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*test_one_input)(const uint8_t *data, size_t size));
