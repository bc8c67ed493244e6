// Package notifier tells people what they must be told: none lost, none doubled, none nagging. It knows no cadre: who
// people are, how texts read and what a working day is are functions handed to a [Ledger].
//
// A [Notice] 提醒 is an obligation, unique by recipient, subject, revision of the subject and rule for as long as the
// ledger is kept. A [Delivery] 投递 is an attempt over one channel that carries one notice or, as a digest, several.
// [Enqueue] writes notices in the caller's transaction; [Ledger.Sweep] turns what is due into deliveries; a [Worker]
// claims these, hands them to a [Channel] and records what came of it. The ledger is the queue.
//
// Notices:
//
//	from        to         by
//	–           scheduled  Enqueue
//	scheduled   due        Sweep: a delivery carries it
//	scheduled   scheduled  Sweep, put off: quiet hours, day off, daily limit, no channel
//	due         done       a channel took it
//	due         scheduled  every channel failed, or the message left it out as late
//	scheduled   expired    Sweep, two hours after ExpiresAt; Why keeps what held it
//	due         expired    the same, if no delivery is at work on it
//	any of both cancelled  CancelSubject
//
// Deliveries:
//
//	from       to                   by
//	–          ready                Sweep, or a fall-back after a failed one
//	ready      leased               a worker claims it, under its name and epoch
//	leased     handed, delivered    the provider took it
//	leased     ready                temporary error (1, 5, 15, 60 minutes later), pause asked for by the provider,
//	                                quiet hours; the worker stopped or died before hand-over began, or at any time on
//	                                a channel that takes the key
//	leased     failed               refused for good, or five tries; the next address follows
//	leased     uncertain            died, or cut off, between hand-over and answer on a channel without key
//	leased     withdrawn            all it carried was cancelled or is late
//	ready      withdrawn            the same, if nobody claims it
//	uncertain  handed, delivered    its own worker answers late, a look-up finds it, or a person says so
//	uncertain  ready, failed        a look-up does not find it, or the rule's policy is to send again
//
// A lease belongs to a worker's row, not to a clock: it is good while the row has the same epoch. A restart raises the
// epoch and frees the old process's leases at once; another worker raises it after seeing the heartbeat's count stand
// still for ten seconds on its own monotonic clock, so that no wall clock decides who is dead and a dead worker's rows
// are free in at most fifteen. Every outcome is written under the epoch of its claim and is refused if that is over.
//
// Wall clocks may be wrong too. What was put off, or looks expired, because a clock was up to two hours fast is looked
// at anew when it is set right: a row held "in the future" counts as not held, and expiry is written two hours late
// (until then the notice is merely not sent).
//
// A person gets one digest a day, which takes along what is due later that day; a second and third message only with
// what would be useless by the next digest; never a fourth, by a constraint of the schema. Urgent notices are outside
// all of this.
//
// Decisions:
//
//   - No job-queue library (River was tried): the promise needs a ledger that outlives the job, and a queue beside it
//     would be a second state machine.
//   - Heartbeats are counted, not dated; lease expiry by timestamps was rejected since it fails with a jumping clock.
//   - Deliveries hold no address: it is asked for at hand-over, so contacts are decrypted then and not before.
//   - A delivery that turns out to carry nothing is withdrawn, a state of its own beside the design's six: calling it
//     failed would show an office failures that are none.
//   - Rows travel to SQL as one JSON array a statement (json_to_recordset, json_each): one round trip for a thousand.
//   - robfig/cron only wakes sweeps and is guarded by [ParseSpec].
//   - Not here yet: LISTEN/NOTIFY as a wake, budgets in the database, the Chinese channels (issue 5).
package notifier
