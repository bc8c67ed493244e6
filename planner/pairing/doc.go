// Package pairing makes the plan: roster, rules, pins and last period in; pairings with their reasons, a proof and
// watches out. It is a function of values: no clock, no database.
//
// The tiers are solved in order, each by package flow over all its cadre–target pairs: leaders and villages, section-level
// cadres and groups, staff and households. A lower tier reads the upper through rules of package rule: a unit's staff
// follow its section-level cadres, unless capacity forces them out, at a price. Each tier carries its own certificate; the
// plan as a whole is optimal tier by tier, in that order, and claims no more.
//
// The n-th target of a cadre, whose place may have a price (fair share), is the n-th in the order of codes, so that reasons
// add up to the certificate's price to the second. Everything is done in the order of codes and ties fall the same way each
// time: the order in which a roster comes does not matter, and IDs do not steer.
//
// The caps on the cadres of a village are no flow: a plan under them has a team for each village that is full, is the cheapest
// with these teams by proof, and carries a Lagrangian bound over all teams beside it (held.go). Of 900 small counties that
// were tried out in full, 898 plans were the best there is.
//
// What a flow cannot honour is a watch: a cadre whose households lie in more than two villages, a leader without a village.
//
// # Decisions
//
// Costs of one county are held in memory: 15,000 × 1,150 pairs are 69 MB and take less than two seconds of one core. A prefecture
// (67,000 × 1,000,000) is never written out: the rule 县内结对 forbids every pair across counties, so that its counties are
// solved apart and the whole is still proved over all pairs, and the households of one group share a row of prices, to which
// only needs and last period's cadre add. Even shares are those of the whole prefecture. Rejected: solving counties apart
// without the rule, which would claim an optimum over pairs that nobody looked at. A book with a rule of the office's own, of
// which it is not known what it reads, is refused at that size in words.
//
// Unserved targets are possible and dear (the book's Unserved), so that a plan exists whatever the roster; a plan with an
// unserved household cannot be published.
//
// A replan compares prices as triples (unserved, changed, seconds) part by part in one search. That equals solving the first
// phase and then the second on its zero-reduced-cost face, and one dual, also in triples, proves both: its first parts
// alone bound the number of changes. Rejected: a big weight for each change, which no bound makes safe once offices set
// prices; and two runs of package flow, whose second would need lower bounds of loads to stay on the face. The search begins
// at the plan in force, which is optimal for everyone who stays, so it costs what changed and not what the county has. Its
// paths live here and not in package flow, whose prices are single numbers.
//
// What is asked of a replanned plan (why not, who else, where one more place helps) is answered in the same triples from a
// residual table like package flow's: two 64-bit words a distance, so that the parts stay apart and the search stays fast.
//
// A new cadre takes nobody from a cadre who could go on: that would be a change. Whoever wants loads evened out solves
// instead; the comparison of both is a what-if.
package pairing
