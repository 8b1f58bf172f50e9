"""Floor 3: what a formula computes. From a folded term by proved rewritings to a kernel, and to code.

A kernel is a list of statements whose right sides are SymPy expressions; every target prints the same kernel.
"""
