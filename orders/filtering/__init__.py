"""What lists of orders can be narrowed by: one declared field for each, from the text of an address to SQL.

An address holds conditions as ``name=value`` or ``name.operator=value``. All of them must hold (AND); the values of one, parted by
commas, are alternatives (OR). ``matching`` reads them, ``fields`` declares what there is, the other modules are the kinds of field.
"""
