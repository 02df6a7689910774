"""Pure bookkeeping: an export item and a connection's settings in, a voucher or a refusal out."""
