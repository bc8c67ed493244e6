package pipeline

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"lianxin/planner"
)

// The cost of one password check, after RFC 9106 §4 as far as a county's 2-core server bears it: 64 MiB, one pass, two
// lanes, about 60 ms. The numbers stand in each hash, so raising them leaves old passwords valid.
const (
	argonMemory = 64 << 10 // KiB
	argonTime   = 1
	argonLanes  = 2
	argonKey    = 32
	argonSalt   = 16
)

// hashing bounds how many passwords are checked at once: each check takes 64 MiB, and a burst of sign-ins on the morning
// of a mass-work-day must not eat the server.
var hashing = make(chan struct{}, 2)

// Passwords have 10 to 128 characters; nothing else is asked of them (NIST SP 800-63B §5.1.1: length, not composition).
const (
	minPassword = 10
	maxPassword = 128
)

// checkPassword says what is wrong with a new password, nil if nothing.
func checkPassword(login, password string) error {
	n := utf8.RuneCountInString(password)
	switch {
	case n < minPassword:
		return planner.Fail(planner.Invalid, fmt.Sprintf("密码有%d个字符，请至少用%d个字符。", n, minPassword),
			fmt.Sprintf("The password has %d characters; use at least %d.", n, minPassword))
	case n > maxPassword:
		return planner.Fail(planner.Invalid, fmt.Sprintf("密码有%d个字符，请不要超过%d个。", n, maxPassword),
			fmt.Sprintf("The password has %d characters; use at most %d.", n, maxPassword))
	case login != "" && strings.Contains(strings.ToLower(password), strings.ToLower(login)):
		return planner.Fail(planner.Invalid, "密码里含有登录名，请换一个。", "The password contains the login name; choose another.")
	}
	return nil
}

// hashPassword returns the argon2id hash in PHC form.
func hashPassword(password string) string {
	salt := make([]byte, argonSalt)
	rand.Read(salt)
	hashing <- struct{}{}
	key := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonLanes, argonKey)
	<-hashing
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonLanes,
		b64.EncodeToString(salt), b64.EncodeToString(key))
}

// nobodysHash is checked when a login does not exist, so that the time of an answer does not tell which logins do.
var nobodysHash = fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonLanes,
	base64.RawStdEncoding.EncodeToString(make([]byte, argonSalt)), base64.RawStdEncoding.EncodeToString(make([]byte, argonKey)))

// passwordMatches reports whether password is the one of hash. An empty or unreadable hash matches nothing.
func passwordMatches(hash, password string) bool {
	part := strings.Split(hash, "$")
	var version, memory, time, lanes int
	if len(part) != 6 || part[1] != "argon2id" {
		return false
	}
	if _, err := fmt.Sscanf(part[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false
	}
	if _, err := fmt.Sscanf(part[3], "m=%d,t=%d,p=%d", &memory, &time, &lanes); err != nil ||
		memory < 8 || memory > 1<<20 || time < 1 || time > 16 || lanes < 1 || lanes > 16 {
		return false
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(part[4])
	want, err2 := base64.RawStdEncoding.DecodeString(part[5])
	if err1 != nil || err2 != nil || len(want) == 0 {
		return false
	}
	hashing <- struct{}{}
	got := argon2.IDKey([]byte(password), salt, uint32(time), uint32(memory), uint8(lanes), uint32(len(want)))
	<-hashing
	return subtle.ConstantTimeCompare(got, want) == 1
}

// secretHash is what the database keeps of a session token or an invitation code: hex SHA-256. Both have at least 80
// random bits, so no slow hash is needed.
func secretHash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// newCode makes an invitation code: 16 letters and digits of base32 (80 random bits) in four groups, to be typed from a
// slip of paper. It never comes from App.NewID, which the demo seeds.
func newCode() string {
	s := rand.Text()
	return s[0:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:16]
}

// plainCode undoes what typing does to a code: lower case, blanks, missing or full-width hyphens. The digits 0, 1 and 8,
// which base32 lacks, are read as the letters they are mistaken for.
func plainCode(code string) string {
	var b strings.Builder
	for _, r := range strings.ToUpper(code) {
		switch {
		case r == '0':
			r = 'O'
		case r == '1':
			r = 'I'
		case r == '8':
			r = 'B'
		}
		if r >= 'A' && r <= 'Z' || r >= '2' && r <= '7' {
			b.WriteRune(r)
		}
	}
	return b.String()
}
