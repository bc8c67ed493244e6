package planner

// Network is a unit's place in the three-level network 三级网络.
type Network string

const (
	NetworkBureau  Network = "bureau"  // 局
	NetworkStation Network = "station" // 站
	NetworkRoom    Network = "room"    // 室
)

// Unit 单位 is an office that cadres belong to. Villages are those it serves 包联: unit–village links.
type Unit struct {
	ID       UnitID     `json:"id"`
	Code     string     `json:"code"`
	Name     string     `json:"name"`
	Network  Network    `json:"network"`
	Area     AreaCode   `json:"area"`             // where it sits: county or township
	Parent   string     `json:"parent,omitempty"` // code of the unit above in the network, empty at the bureau
	Villages []AreaCode `json:"villages,omitempty"`
}
