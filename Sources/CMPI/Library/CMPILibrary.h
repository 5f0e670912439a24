// The shim includes `mpi.h` itself.
