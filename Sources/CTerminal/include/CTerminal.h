#ifndef CTerminal_H
#define CTerminal_H
#endif
