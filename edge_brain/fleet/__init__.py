"""The fleet: what is done with the hub of any number of devices, on several processes or machines at once, by Dask.

crew       the workers: processes of this machine, or those of a scheduler that runs somewhere
building   a hub folded into one common brain; `reading` and `summing` are what its workers do
recoding   the pictures of a hub coded by another extractor; `coding` is what its workers do
reporting  the devices of a common brain beside each other

Only one process writes into a brain: workers read, check, unpack, multiply and code, and are never asked for more
at once than they are about to do.
"""
