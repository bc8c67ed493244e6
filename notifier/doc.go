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
//	leased     ready                temporary error (1, 5, 15, 60 minutes later; the first time after 5 s
//	                                if a connection broke and the channel takes a key), pause asked for by the provider,
//	                                provider down, quiet hours; the worker stopped or died before hand-over began, or
//	                                at any time on a channel that takes the key
//	leased     failed               refused for good, five tries, or half an hour of a provider that is down (urgent:
//	                                at once) if there is another address; the next address follows
//	leased     uncertain            died, or cut off, between hand-over and answer on a channel without key
//	leased     withdrawn            all it carried was cancelled or is late
//	ready      withdrawn            the same, if nobody claims it
//	uncertain  handed, delivered    its own worker answers late, a look-up finds it, or a person says so
//	uncertain  ready, failed        a look-up does not find it, or the rule's policy is to send again
//	handed     delivered            its receipt says so, looked up ([Worker.LookUpReceipts]) or pushed ([Ledger.Receive])
//	handed     failed               its receipt says that it did not arrive; the next address follows
//
// A lease belongs to a worker's row, not to a clock: it is good while the row has the same epoch. A restart raises the
// epoch and frees the old process's leases at once; another worker raises it after seeing the heartbeat's count stand
// still for eight seconds on its own monotonic clock, so that no wall clock decides who is dead and a dead worker's rows
// are free in at most twelve. Every outcome is written under the epoch of its claim and is refused if that is over. A ledger
// that goes back in time (a restored backup, a standby that was behind) may lease to a living worker what that worker knows
// nothing of: [Worker.Recover] ends every lease, and each idle lane looks for such rows of its worker every half minute.
//
// Wall clocks may be wrong too. What was put off, or looks expired, because a clock was up to two hours fast is looked
// at anew when it is set right: a row held "in the future" counts as not held, and expiry is written two hours late
// (until then the notice is merely not sent).
//
// # Channels and their errors
//
// To add a provider, write a [Channel]: one account at one provider, whose Send tries once and classes what went wrong as
// [Temporary], [Permanent], [RateLimited], [Down] or [Uncertain]; the table at [Channel] says what follows from each. State
// in [Limited] how many messages the vendor takes in what time, implement [Lookuper] if the vendor can be asked what
// became of a message ([Receipter]: of one that it took), and say in TakesKey whether it honours [Message.Key]. Retries, pauses, fall-backs, budgets and
// breakers are the worker's: a channel holds no timer and no counter.
//
// A budget ([Limit]) is kept over any window, wherever the provider begins it, by all workers on one database together:
// see permit.go. Only a database clock that jumps forward can let a window hold more; then the provider says so, and the
// channel rests. Each channel has a lane of its own in every worker, with goroutines, claims and breaker, so a provider
// that is dead, slow or over its budget delays nobody else.
//
// The breaker opens after five failures in a row that speak against the provider (not against a message), for 5 s, then
// 10 s, at most 2 min; one message goes as a probe each time. What waits loses no tries.
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
//   - The breaker is a process's own and stored only to be shown: a replica whose network is broken must not stop the others, and three
//     processes that find out separately cost three times five messages, which are only put back. Budgets are stored,
//     since their sum is what the provider counts.
//   - A lane's senders, begin-marks and records overlap and write in groups (lane.go): one begin-mark statement for all
//     senders that wait, one transaction for all outcomes that are there. Begin-marks and records one by one took 45 s
//     for 30,000 messages on PostgreSQL. What a dying worker leaves uncertain is at most what it had begun: its senders
//     and one batch of outcomes not yet written.
//   - An outcome that cannot be written, since the database is away, is kept in memory and written when it is back.
//   - SQLite runs with synchronous = FULL. With NORMAL a power cut may take back the last commits; if the mark that a
//     hand-over began is among them, the message goes twice, and a published plan may be gone. Outcomes and begin-marks
//     travel in groups, so a message costs a fraction of a sync.
//   - A ledger that lost its last minutes (a backup, an asynchronous standby) is set right before any worker starts:
//     [Worker.Recover]. The key of a delivery follows from what it carries (key.go), so what is made anew has the key of
//     before: providers that honour keys drop it, those that can be asked know it, and what waits for the others is looked
//     into by a person before it is sent. With random keys such a fail-over doubled 570 of 20,000. What it cannot find is a
//     digest that is put together differently the second time, since something fell due in between.
//   - LISTEN/NOTIFY only wakes; a notification that is lost costs one poll.
//   - Rows travel to SQL as one JSON array a statement (json_to_recordset, json_each): one round trip for a thousand.
//   - robfig/cron only wakes sweeps and is guarded by [ParseSpec].
//   - No vendor's SDK and no library of many channels: none takes a context for each call and another address for tests, and
//     most repeat the message or the token in their logs.
//   - Only the webhook and files take the key. Feishu honours it for an hour, WeCom and DingTalk drop equal content for a
//     while; that makes a second try harmless more often, but it is no promise, so their lost answers stay uncertain.
//   - What a vendor says is judged by its code, never by the HTTP status alone: most answer 200 to everything. An unknown
//     code means "not taken": the person's next address follows.
//   - Words are made harmless by full-width twins of the vendors' marks, since no manual documents an escape.
//   - Access tokens are kept in the database, sealed under a key made of the app's secret; see [Tokens].
package notifier
