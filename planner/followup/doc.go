// Package followup moves tasks 跟进事项 through their states, walks the ladder 提级阶梯 when one is late, reckons statutory deadlines, and makes the
// handover tasks 清单式交接 of a plan that gives households another cadre. It is pure: today and what a workday is are
// handed in, and what comes back is a list of changes for pipeline to commit.
//
// A task has a window of inclusive civil dates, start ≤ due ≤ end (after CHT's tasks). Its states are those of FHIR Task
// (R5 §12.27); the tests of [StateOn] are made in this order:
//
//	terminal already       → as it is; a terminal task is never edited, a new one is made
//	today after end        → failed        only the calendar fails a task, no person
//	today before start     → draft
//	taken up by its owner  → in-progress
//	else                   → ready
//
// What a person may do ([Allowed]); who may is pipeline's to say:
//
//	from \ to     ready      in-progress  completed  cancelled  failed
//	draft         –          –            yes        yes        –
//	ready         –          yes          yes        yes        –
//	in-progress   yes        –            yes        yes        –
//	completed, cancelled, failed: nothing
//
// A draft may be completed because a promise may be kept early. A cancelled task carries one of three reasons and never
// free text, which would become a secret note on somebody: dismissed, duplicate, resolved-upstream.
//
// The ladder is 室 → 站 → 局, from the owner's own unit upwards:
//
//	rung 1  the owner's unit           1 working day after due
//	rung 2  the unit above it          3 working days
//	rung 3  and so up to the bureau    5 working days, and two more for each further unit
//
// The limits are the office's setting, in working or calendar days ([ParseLadder]). Days of a hearing do not count and stop the
// ladder while they last ([Ladder.Paused]); who has taken note 知悉 is told no more, which moves neither the deadline nor the
// other rungs ([Ladder.Knows]).
//
// Each rung is informed once; Task.Rung counts the rungs passed. A rung without anybody on duty, or whose first person is
// the owner, is skipped upwards at once. A task that fails has its remaining rungs informed, so that none ends unseen.
//
// # Deadlines
//
// statute.go holds the rule sets as tables of terms; [Rules.Of] reckons one. A term runs from a day that is not counted
// (自……之日起). 日 are calendar days and 工作日 working days, because Art. 23 uses both words. What happens when the last day is no
// working day is not in the text: it is the office's setting, and what reminders count back from is always the earlier day
// (Deadline.ActOn). A hearing pauses the recheck alone (Art. 36). Where a day of an unpublished year decided, the deadline is
// 暂定. The provincial text of 2012 is cited by clause, since no copy with article numbers was at hand; recheck follows the
// national article.
//
// Decisions.
//
// A late sweep informs every rung that has fallen due, lowest first, instead of one a day: the alternative needs the date
// of the last rung on the task, and an office that was offline for a week would wait a second week for the bureau.
//
// A promise stays with who made it (首接首办: the first receiver owns it until another has accepted) and moves to the
// successor when the handover is completed; only if the old cadre is gone (transferred, retired, on a long leave) does it
// move at once. [Inherit] is a function of what stands in the database, so a sweep may repeat it at any time.
//
// Rungs are units and not job titles: titles differ from county to county, the tree does not.
package followup
