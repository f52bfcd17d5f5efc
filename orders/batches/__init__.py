"""What people do to many orders at once.

deeds      every action by name: who may do it, and the function that does it to one order or five hundred
selection  which orders: named ones, or all that match a list's conditions
start      freezes the selection and queues the job
run        the job: part after part, each in one transaction, resumed after a crash, stopped between parts
results    what became of each order: figures, rows, the file, and the orders of an outcome
"""
