from finance.models.posting import PostingDue
from finance.models.voucher import Voucher, VoucherLine, VoucherSource

__all__ = ["PostingDue", "Voucher", "VoucherLine", "VoucherSource"]
