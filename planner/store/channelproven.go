package store

var provenOnChannels = query(`SELECT channel, COUNT(*) AS n FROM channel_addresses WHERE verified_on IS NOT NULL GROUP BY channel ORDER BY channel`)

// ProvenOnChannels counts the people who have proved their address, by channel. Planners, administrators, auditors and the system.
func (tx *Tx) ProvenOnChannels() (map[string]int, error) {
	if !tx.who.SeesAll() {
		return nil, errForbidden()
	}
	var rows []struct {
		Channel string `db:"channel"`
		N       int    `db:"n"`
	}
	err := tx.all(&rows, provenOnChannels, args{})
	out := make(map[string]int, len(rows))
	for _, r := range rows {
		out[r.Channel] = r.N
	}
	return out, err
}
