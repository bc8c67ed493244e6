package store

// Written returns how many rows the transaction has added, changed or deleted so far (and, in a write, read with an
// audit row). Rows put unchanged do not count: an import that finds it 0 has changed nothing and leaves no record.
func (tx *Tx) Written() int { return tx.trail.no + len(tx.trail.buffer) }
