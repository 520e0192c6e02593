"""The one room that touches the machine: clock, chance, threads, processes, files, sockets.

Each adapter implements one protocol of `reconciler.ports` and knows no other adapter (`file_tree` and `file_events`
are the two halves of `files`). Only `bootstrap` and tests name these classes; everything else gets them as arguments.
"""
