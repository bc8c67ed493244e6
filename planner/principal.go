package planner

import "slices"

// Role 角色 of an account.
type Role string

const (
	RoleAdmin      Role = "administrator"
	RolePlanner    Role = "planner"      // 组织部门经办人
	RoleLiaison    Role = "unit-liaison" // 单位联络员
	RoleCadre      Role = "cadre"
	RoleLeader     Role = "leader"
	RoleSecretary  Role = "secretary" // acts for a leader
	RoleSupervisor Role = "supervisor"
	RoleClerk      Role = "counter-clerk"
	RoleAuditor    Role = "auditor"
)

// Principal is who asks: every store call takes one. Its scope is the union of its area subtrees, its unit
// subtrees, its own pairings and those of the leaders it acts for. The zero Principal is a visitor and sees public
// pages only.
type Principal struct {
	Account AccountID
	Name    string
	Roles   []Role
	Areas   []AreaCode // subtrees by code; the county's code is the whole county
	Units   []UnitID
	Cadre   CadreID   // the person's own record, if any
	ActsFor []CadreID // leaders a secretary acts for
	system  string
}

// System is a principal for work that no person asked for, such as a sweep; reason goes into the audit.
func System(reason string) Principal { return Principal{Name: "system: " + reason, system: reason} }

// IsSystem reports whether p was made by [System].
func (p Principal) IsSystem() bool { return p.system != "" }

// Is reports whether p has any of the roles. System has all.
func (p Principal) Is(roles ...Role) bool {
	if p.IsSystem() {
		return true
	}
	return slices.ContainsFunc(roles, func(r Role) bool { return slices.Contains(p.Roles, r) })
}

// Signed reports whether p is a person who signed in, or the system.
func (p Principal) Signed() bool { return p.IsSystem() || p.Account != "" }

// SeesAll reports whether p reads the whole database: planner, administrator, auditor or system.
func (p Principal) SeesAll() bool { return p.Is(RolePlanner, RoleAdmin, RoleAuditor) }

// SeesPrivate reports whether p may read reasons that expose someone (recusal, sick leave, a household's wish).
func (p Principal) SeesPrivate() bool { return p.Is(RolePlanner) }

// Speaks reports whether p is cadre c or acts for them.
func (p Principal) Speaks(c CadreID) bool {
	return c != "" && (p.Cadre == c || slices.Contains(p.ActsFor, c))
}
