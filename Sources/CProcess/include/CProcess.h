#pragma once

#ifdef __cplusplus
extern "C" {
#endif

// Makes the process fit for the limits that it was started under; to be called once, first of all.
//
// A file that may not grow further is an error of its write, not a signal. As many files may be open as the system lets; too
// few end the process at once. Where memory is limited, a library that gives up for want of it ends the process with one
// sentence and status 74, not with a signal.
void cprocess_prepare(void);

#ifdef __cplusplus
}
#endif
