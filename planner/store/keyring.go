package store

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"lianxin/planner"
)

// Keyring 密钥 holds the keys of contacts, feed tokens and households' audit keys. It is a file of its own, readable
// by its owner alone (0600), outside the database and its backups, shared by replicas. Each ciphertext names its key, so
// that keys can be rotated: new text is sealed under the last key, older keys stay until [DB.Rekey] has run.
type Keyring struct {
	keys  []ringKey
	index []byte // of fingerprints; never rotated, since fingerprints are compared over years
}

type ringKey struct {
	id     string
	secret []byte
	aead   cipher.AEAD
}

// ringFile is the file's JSON. Secrets are base64 of 32 bytes; the last key is the current one.
type ringFile struct {
	Format string        `json:"format"`
	Keys   []ringFileKey `json:"keys"`
	Index  []byte        `json:"index"`
}

type ringFileKey struct {
	ID     string `json:"id"`
	Secret []byte `json:"secret"`
}

const ringFormat = "lianxin keyring 1"

// LoadKeyring reads a key file. NotFound if there is none, Forbidden if others may read it, Invalid if it is no key file.
func LoadKeyring(path string) (*Keyring, error) {
	st, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &planner.Error{Kind: planner.NotFound, Where: path, Err: err, Say: planner.Text{
			ZH: "找不到密钥文件。首次使用请运行 lianxin init 生成；换机时请从保管处取回原文件。",
			EN: "the key file is missing; run lianxin init on first use, or bring the old file back from where it is kept"}}
	}
	if err != nil {
		return nil, unavailableFile(path, err)
	}
	if st.Mode().Perm()&0o077 != 0 {
		return nil, &planner.Error{Kind: planner.Forbidden, Where: path, Say: planner.Text{
			ZH: "密钥文件可被其他用户读取，请先运行 chmod 600。",
			EN: "other users may read the key file; run chmod 600 on it first"}}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, unavailableFile(path, err)
	}
	k, err := parseKeyring(b)
	if err != nil {
		return nil, &planner.Error{Kind: planner.Invalid, Where: path, Err: err, Say: planner.Text{
			ZH: "这不是连心的密钥文件，请核对路径。", EN: "this is not a key file of Lianxin; check the path"}}
	}
	return k, nil
}

func parseKeyring(b []byte) (*Keyring, error) {
	var f ringFile
	if err := json.Unmarshal(b, &f); err != nil {
		return nil, err
	}
	if f.Format != ringFormat || len(f.Keys) == 0 || len(f.Index) != 32 {
		return nil, fmt.Errorf("format %q with %d keys", f.Format, len(f.Keys))
	}
	k := &Keyring{index: f.Index}
	for _, key := range f.Keys {
		if err := k.add(key.ID, key.Secret); err != nil {
			return nil, err
		}
	}
	return k, nil
}

// CreateKeyring makes a key file with one new key. Conflict if a file of that name exists: it is never overwritten,
// since every contact would be lost with it.
func CreateKeyring(path string) (*Keyring, error) {
	k := &Keyring{index: random(32)}
	if err := k.add(newKeyID(), random(32)); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, &planner.Error{Kind: planner.Conflict, Where: path, Err: err, Say: planner.Text{
			ZH: "密钥文件已存在，不会覆盖。", EN: "the key file exists already and is never overwritten"}}
	}
	if err != nil {
		return nil, unavailableFile(path, err)
	}
	if err := errors.Join(k.write(f), f.Close()); err != nil {
		return nil, unavailableFile(path, err)
	}
	return k, nil
}

// RotateKeyring adds a new current key to the file and returns the ring with all keys. Run [DB.Rekey] after it.
func RotateKeyring(path string) (*Keyring, error) {
	k, err := LoadKeyring(path)
	if err != nil {
		return nil, err
	}
	if err := k.add(newKeyID(), random(32)); err != nil {
		return nil, err
	}
	return k, k.replace(path)
}

func (k *Keyring) write(f *os.File) error {
	out := ringFile{Format: ringFormat, Index: k.index}
	for _, key := range k.keys {
		out.Keys = append(out.Keys, ringFileKey{key.id, key.secret})
	}
	b, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return err
	}
	if _, err := f.Write(append(b, '\n')); err != nil {
		return err
	}
	return f.Sync()
}

// TestKeyring returns a ring whose keys follow from the seed, for tests and the demo's made people. Never for real ones.
func TestKeyring(seed byte) *Keyring {
	k := &Keyring{index: bytes.Repeat([]byte{seed ^ 0x5a}, 32)}
	if err := k.add(fmt.Sprintf("test%d", seed), bytes.Repeat([]byte{seed}, 32)); err != nil {
		panic(err) // 32 bytes are always a key
	}
	return k
}

func (k *Keyring) add(id string, secret []byte) error {
	if id == "" || strings.Contains(id, ".") {
		return fmt.Errorf("key ID %q", id)
	}
	aead, err := newAEAD(secret)
	if err != nil {
		return fmt.Errorf("key %s: %w", id, err)
	}
	k.keys = append(k.keys, ringKey{id, secret, aead})
	return nil
}

func newAEAD(secret []byte) (cipher.AEAD, error) {
	if len(secret) != 32 {
		return nil, fmt.Errorf("a secret of %d bytes, not 32", len(secret))
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// seal encrypts plain under the current key as KEYID.BASE64. Place is authenticated with it, so that a ciphertext moved to
// another row or column does not open there.
func (k *Keyring) seal(place string, plain []byte) (string, error) {
	if k == nil {
		return "", errNoKeyring()
	}
	key := k.keys[len(k.keys)-1]
	return key.id + "." + base64.RawStdEncoding.EncodeToString(sealWith(key.aead, place, plain)), nil
}

// open decrypts what seal made at the same place.
func (k *Keyring) open(place, text string) ([]byte, error) {
	if k == nil {
		return nil, errNoKeyring()
	}
	id, body, _ := strings.Cut(text, ".")
	for _, key := range k.keys {
		if key.id != id {
			continue
		}
		b, err := base64.RawStdEncoding.DecodeString(body)
		if err != nil {
			return nil, fmt.Errorf("ciphertext at %s: %w", place, err)
		}
		return openWith(key.aead, place, b)
	}
	return nil, &planner.Error{Kind: planner.Unavailable, Say: planner.Text{
		ZH: "密钥文件中没有编号为 " + id + " 的密钥，请使用与此数据库配套的密钥文件。",
		EN: "the key file does not hold the key " + id + "; use the key file that belongs to this database"}}
}

// current reports whether text is sealed under the current key.
func (k *Keyring) current(text string) bool {
	return k != nil && strings.HasPrefix(text, k.keys[len(k.keys)-1].id+".")
}

// fingerprint is a keyed hash of plain at a place: the same text gives the same hash only at the same place, so equal
// phones of two people cannot be found by it.
func (k *Keyring) fingerprint(place string, plain []byte) (string, error) {
	if k == nil {
		return "", errNoKeyring()
	}
	h := hmac.New(sha256.New, k.index)
	fmt.Fprintf(h, "%s\x00%s", place, plain)
	return hex.EncodeToString(h.Sum(nil)), nil
}

func sealWith(aead cipher.AEAD, place string, plain []byte) []byte {
	out := make([]byte, aead.NonceSize(), aead.NonceSize()+len(plain)+aead.Overhead())
	rand.Read(out) // never fails (crypto/rand)
	return aead.Seal(out, out[:aead.NonceSize()], plain, []byte(place))
}

func openWith(aead cipher.AEAD, place string, sealed []byte) ([]byte, error) {
	n := aead.NonceSize()
	if len(sealed) < n {
		return nil, fmt.Errorf("ciphertext at %s is cut short", place)
	}
	plain, err := aead.Open(nil, sealed[:n], sealed[n:], []byte(place))
	if err != nil {
		return nil, fmt.Errorf("ciphertext at %s: %w", place, err)
	}
	return plain, nil
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

func newKeyID() string { return "k" + strings.ToLower(rand.Text()[:8]) }

func errNoKeyring() error {
	return planner.Fail(planner.Unavailable, "没有提供密钥文件，无法读写联系方式。请用 --keys 指明密钥文件。",
		"no key file was given, so contacts can be neither read nor written; name it by --keys")
}

func unavailableFile(path string, err error) error {
	return &planner.Error{Kind: planner.Unavailable, Where: path, Err: err, Say: planner.Text{
		ZH: "无法读写此文件，请检查路径与权限。", EN: "this file cannot be read or written; check its path and permissions"}}
}
