"""The soak: many requests against the local stack while everything around it fails; then the ledger against the bill.

``python -m devtools.soak --requests 10000 --seed 1``; ``make soak N=10000 SEED=1``.
"""
