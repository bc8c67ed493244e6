// Package store keeps the nouns in SQLite or PostgreSQL: all SQL of the nouns, the audit of every write, and the chain
// that seals the audit.
//
// Everything happens in a transaction ([DB.Write]) or on a snapshot ([DB.Read]), in the name of a [planner.Principal]. What
// lies outside the Principal's scope never leaves the database:
//
//	planner, administrator, auditor, system   all; who keeps away from whom, the planner and the system alone
//	cadre, leader, secretary                  own record and those acted for: their pairings, households, visits, tasks,
//	                                          events, the own unit's name, what they declared themselves
//	unit liaison                              the same of all cadres of their units and the units below; a plan under review
//	clerk, supervisor                         their area subtrees: households, pairings, visits, tasks, and who looks after them
//	whoever signed in                         names of places, the county's days and receptions, heads of published plans
//	the public (zero Principal)               the county's days and receptions
//
// Contacts never come back with a noun; [Tx.CadreContacts] decrypts them. What a bearer proves by a secret (session, feed
// token, invitation code) is found by its hash, whoever asks. Sign-in asks as the system.
//
// # Audit
//
// A write leaves one audit_writes row (who, when, operation, batch) and one audit_rows row for each row it really changed,
// with its JSON before and after, in the same transaction. Rows that concern a household are encrypted under a key of that
// household, which is wrapped under the key file; [Tx.EraseHousehold] destroys it. One record per request says that a
// person read households or contacts. Exempt are marks of use and machinery: feed fetches, leases, the notifier's tables.
// [DB.Seal] chains committed writes; [DB.VerifyChain] proves that nothing was changed since.
//
// # Decisions
//
// The chain's links are whole writes, found by a row each write leaves in audit_pending, not rows found by their
// number: numbers are taken before the commit, so a write may appear below a number that is sealed already. Rejected:
// a high-water mark (loses late commits) and a lock that makes all writers wait for the sealer.
//
// The sealer's lease is the lock on its row, held for one short transaction. A lease with an end time would stay valid
// for ever under a pinned clock after a kill, and buys nothing while sealing takes milliseconds.
//
// One image per row (JSON of the row struct) serves comparison, audit and undo, so an unchanged row writes nothing and an
// undo puts back exactly what stood there. An undo compares the stored row with what the import left instead of
// searching for later writes: a change that was changed back does no harm.
//
// Undo asks every table that could refer to a row it would delete (references in undo.go) before it deletes, so that it
// can name what stands in the way; the foreign keys alone would refuse without a list.
//
// AES-256-GCM and HMAC of the standard library instead of tink (+3.9 MB): two calls each. A contact's keyed hash appears in
// the canonical export alone and is bound to its place, so that equal numbers of two people do not show.
//
// Batches go through multi-row statements of one text; of many changed rows only the changed columns are handed over. PostgreSQL takes
// them as one array for each column, or by COPY where no row can meet another: a statement of thousands of arguments is
// parsed and planned anew each time. Connections to SQLite keep the statements that they ran last: compiling one is half of what a small
// question costs.
package store
