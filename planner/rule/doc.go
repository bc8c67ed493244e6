// Package rule holds the policy of pairing: what is forbidden, what is preferred, what is dear, and the sentence that
// says so. [Default] is the whole policy on one screen.
//
// A rule is a value. Its price has a unit that an office can judge, minutes on the road, and is held as whole seconds so
// that sums are exact. The types admit only what a minimum-cost flow honours exactly: a [PairRule] looks at one cadre and
// one target, a [LoadRule] at one cadre and how many targets they have, with prices that never fall. What fits neither is
// a watch of package pairing: checked afterwards, reported, never steering.
//
// [Lay] turns a [Question] — roster, rules, last period, pins — into one tier's [Instance]: the cadres and targets in the
// order of their codes with the facts that rules read. Solver and verifier both start from it, so both mean the same by a
// price; they share nothing else.
//
// The laws, each a test: rules have unique IDs and words in both languages; the reasons of a pair add up to its price; a
// rule's words do not depend on which other rules stand in the book; every rule of the default book has an example that
// matches and one that does not.
//
// # Decisions
//
// Distance is read off codes, not maps: a household has no coordinates (domain rule), so contiguity 相对连片 is the same
// village, the same township, the same county or beyond. The minutes are office practice without a source and are
// settings ([Book.Priced]).
//
// A pin 锁定 is a rule that forbids everyone else. Rejected: taking pinned households out of the instance; the
// certificate would then cover fewer pairs than the plan has, and "why not Wang?" would have no answer.
//
// What an office changes is a [Policy]: prices, switches, loads, caps. A plan keeps the preset and the policy in its
// canonical form, so a newer policy never makes an older plan unverifiable. A cap on a unit bounds its
// cadres together (household → cadre → unit is a flow still), so a plan under it is the cheapest there is, and proved. Where
// only caps of cadres are known — a replan, why-not, ways out — it is dealt out to them, each keeping room for what they
// have ([Instance.Deal]); a prefecture deals it out evenly. A least number of
// households of a unit is a lower bound on the same arc, exact and proved likewise; a replan, which moves nobody who may stay,
// reports a unit that fell below it. A cap on the cadres of a village is a fixed charge, which no flow holds: who they
// are is settled before the flow ([VillageCap]), and the plan is the cheapest with them and states the proved gap to any
// other choice. Rejected: a cap on the households that one unit has in one village, which bounds a rectangle of pairs that
// is nested neither in a household's nor in a cadre's, so that no flow holds it, and which no office asked for. Rejected too: rules written in the
// policy file; a rule is a declaration with a test.
//
// A practice by grade (8-7-6-5-4) has cadres of every rank in the household tier, each with the most of their grade and an
// even share in proportion to it.
//
// The further tiers ([planner.FurtherTiers]) are laid by the same code, so that the solver, the verifier and the words are the
// same: units stand as cadres with the sum of their places and villages as targets with the number of their households;
// volunteers and mediators stand as cadres without a unit of their own. Second persons, volunteers and mediators are flows.
// Units with whole villages are not: a link has a price of its own (PairRule.Once), which is a fixed charge. Their plan
// comes with a proved bound and a stated gap, and the tiers below read it as the villages that units serve.
// A second person is a second line of the same household beside the plan's pairings (planner.Link), which calendar, visits and
// feeds still take to be one a household: visits are the first person's.
//
// An example is a value on the declaration and runs through the rule's own code, so what the page 规则 prints is what the
// rule answers and no text beside it.
//
// Last period's cadre counts as such only while they could go on: when somebody left or is recused, the change is nobody's
// choice and costs nothing.
package rule
