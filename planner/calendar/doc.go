// Package calendar lays an office's year: workdays, mass-work-days, leaders' meetings, the reception rota and visits.
//
// All of it is functions of values: no clock, no zone, no database. What a year's days are comes from [Workdays], which
// knows the notices of the State Council 2018–2026 and, for later years, only what the law itself fixes. The rules of a
// county are a [Rules] value; [Lay] expands them to plain days on this side, so that no client has to know what 调休 is.
//
// # Decisions
//
// Three answers, not two: a day of a year without a notice is Unknown unless the law itself makes it a holiday. Chosen
// over the guess "Monday to Friday is a workday", which popular packages make silently (they call 2027-10-01 a workday).
// What must nevertheless be laid in such a year is laid on days that [Workdays.Works] presumes, and marked tentative.
//
// The rota's fairness is measured against each leader's share, the sum over the slots a leader could take of one over
// the number of leaders who could: leave is excused and a newcomer owes nothing for the months before. Rejected: equal
// totals, which make a returner catch up, and a rotation index, which knows no leave.
//
// The bound on the rota's spread is a maximum flow without the gaps between one leader's slots, found in a small
// matching of our own (two dozen lines serve rota and visits alike); planner/flow prices arcs, which nothing here needs.
package calendar
