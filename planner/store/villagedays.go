package store

import (
	"lianxin/planner"
	"lianxin/planner/civil"
)

// VillageDay says that cadres of a unit come to a village on a day. It names no cadre and no household.
type VillageDay struct {
	Village planner.AreaCode `db:"village"`
	On      civil.Date       `db:"held_on"`
	Unit    string           `db:"unit"` // its name
}

// unitsInVillages are those who see a household of the village, and those whose day begins there though they see none.
var unitsInVillages = query(`SELECT DISTINCT d.village, d.held_on, u.name AS unit FROM (
		SELECT h.village, v.held_on, v.cadre FROM visits v JOIN households h ON h.id = v.household
			WHERE v.held_on >= :from AND v.held_on < :until AND v.state NOT IN ('cancelled', 'moved') AND substr(h.village, 1, length(:area)) = :area
		UNION
		SELECT e.village, e.held_on, e.cadre FROM events e
			WHERE e.held_on >= :from AND e.held_on < :until AND e.status <> 'cancelled' AND e.kind IN ('mass-work-day', 'visit', 'festival-visit')
				AND substr(e.village, 1, length(:area)) = :area
	) d JOIN cadres c ON c.id = d.cadre JOIN units u ON u.id = c.unit
	ORDER BY d.village, d.held_on, unit`)

// VillageDays lists which units come to the villages of an area, by village and day. Planners, administrators and the system.
func (tx *Tx) VillageDays(span civil.Span, area planner.AreaCode) (days []VillageDay, err error) {
	if !tx.who.Is(planner.RolePlanner, planner.RoleAdmin) {
		return nil, errForbidden()
	}
	from, until := bounds(span)
	err = tx.all(&days, unitsInVillages, args{"from": from, "until": until, "area": string(area)})
	return days, err
}
