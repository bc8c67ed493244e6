package planner

import "time"

// Account 账号 is a person who signs in. Login is unique; PasswordHash is argon2id in PHC form, empty until an
// invitation is accepted.
type Account struct {
	ID           AccountID
	Login        string
	Name         string
	PasswordHash string
	Roles        []Role
	Areas        []AreaCode
	Units        []UnitID
	Cadre        CadreID
	ActsFor      []CadreID
	Lang         string // "zh" or "en"
	Disabled     bool
}

// Principal is the account as who asks.
func (a Account) Principal() Principal {
	return Principal{Account: a.ID, Name: a.Name, Roles: a.Roles, Areas: a.Areas, Units: a.Units, Cadre: a.Cadre, ActsFor: a.ActsFor}
}

// Invitation 邀请 lets one person set a password once. Only the hash of the code is stored.
type Invitation struct {
	Account   AccountID
	CodeHash  string // hex SHA-256 of the code
	ExpiresAt time.Time
	UsedAt    time.Time
}
