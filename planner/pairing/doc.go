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
// What a flow cannot honour is a watch: a cadre whose households lie in more than two villages, a leader without a village.
//
// # Decisions
//
// Costs of one county are held in memory: 15,000 × 1,150 pairs are 69 MB and take less than two seconds of one core. A prefecture
// (67,000 × 1,000,000) is refused in words until it is split by county, which loses nothing while no rule crosses
// counties.
//
// Unserved targets are possible and dear (the book's Unserved), so that a plan exists whatever the roster; a plan with an
// unserved household cannot be published.
package pairing
