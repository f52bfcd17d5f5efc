"""What would a changed rule have done: the pipeline's own decision over stored trades, twice, applying nothing.

    window      the trades of a past time span and some shops, in the order of their payment, batch by batch
    rulebook    the rules as they are, and as they would be with drafts in the place of what is live
    compare     one trade's fate under both, and what differs (pure)
    replay      window → decide under both books → compare
    runs        the same as a job with progress, cancel, a result and tables to take away

Every batch is read in a transaction that the database itself keeps from writing.
"""
