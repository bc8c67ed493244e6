package planner

// Held is how a plan holds the caps on the cadres of a village 每村干部数. Which cadres go to a village is a fixed charge, which
// no flow decides: Teams says who they are, and the certificate proves the plan cheapest among those with these teams. Of
// all teams together it proves a bound, which Potentials and Rows give and the plan's price may exceed: the gap.
type Held struct {
	Teams      []Team    `json:"teams"`               // by village
	Potentials []Seconds `json:"potentials"`          // of each cadre, as the certificate's
	Rows       []Row     `json:"rows,omitempty"`      // what the households of capped villages are worth
	ByPlaces   bool      `json:"by_places,omitempty"` // the bound counts that a cadre takes no more of a village than they may have
	Fewest     *Fewest   `json:"fewest,omitempty"`    // of a replanned tier: what no plan can go below; its bound needs no rows
	Price      Seconds   `json:"price,omitempty"`     // of a replanned tier: the price at those fewest
}

// Team is the cadres who may look after households of one village.
type Team struct {
	Village AreaCode  `json:"village"`
	Cadres  []CadreID `json:"cadres"`
}

// Row is the dual value of one household.
type Row struct {
	Household HouseholdID `json:"household"`
	Worth     Seconds     `json:"worth"`
}

// Teams are those of the plan's households; nil if no village is at its cap.
func (p Plan) Teams() []Team {
	for _, c := range p.Certificates {
		if c.Tier == TierHousehold && c.Held != nil {
			return c.Held.Teams
		}
	}
	return nil
}
