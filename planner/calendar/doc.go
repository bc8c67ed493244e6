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
// The rota's fairness is a ledger of weighted duty carried over the years: a leader's excess is what they carried, plus the
// weight of their slots, less their share: the sum over the slots a leader could take of its weight by the number of leaders
// who could. Leave is excused, a newcomer is given the circle's mean and owes nothing for the months before, who comes back
// finds their balance. Rejected: equal totals, which make a returner catch up, and a rotation index, which knows no leave.
//
// The fairest excesses are leximin: the greatest as low as can be, then the second greatest, and so on. Without gaps a flow
// finds them, by cost-reducing paths in two dozen lines of our own (planner/flow prices the arcs of a table, and here the loads
// have the price), and proves them by there being no such path left. [SolveDuty] then looks for an assignment of the same
// excesses that keeps the gaps, and says which gaps nobody could keep, and why (Hall's theorem). For two heads a gap is only a
// wish: strict turns of two leave no room to make one's leave even.
package calendar
