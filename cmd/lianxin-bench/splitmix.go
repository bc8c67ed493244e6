package main

import (
	"math"
	"math/bits"
)

// splitmix is the generator SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): small, and the same in every language.
type splitmix uint64

// mix is its output function: a bijection of 64 bits, used alone as a hash of a pair.
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// next returns 64 bits.
func (r *splitmix) next() uint64 {
	*r += 0x9e3779b97f4a7c15
	return mix(uint64(*r))
}

// unit returns a number in [0, 1) from the top 53 bits.
func (r *splitmix) unit() float64 { return float64(r.next()>>11) / (1 << 53) }

// below returns a number in [0, n): the high word of the product.
func (r *splitmix) below(n int) int {
	hi, _ := bits.Mul64(r.next(), uint64(n))
	return int(hi)
}

// norm returns a normal deviate (Box and Muller, the cosine alone).
func (r *splitmix) norm() float64 {
	radius := math.Sqrt(-2 * math.Log(r.unit()))
	return radius * math.Cos(2*math.Pi*r.unit())
}

// metres returns a normal deviate of a standard deviation. The conversion forbids that the product is fused into a sum, which
// would round otherwise on some machines.
func (r *splitmix) metres(deviation float64) float64 { return float64(deviation * r.norm()) }

// weights are cumulative.
type weights []float64

// cumulate sums up weights.
func cumulate(w []float64) weights {
	sum, out := 0.0, make(weights, len(w))
	for i, x := range w {
		sum += x
		out[i] = sum
	}
	return out
}

// pick draws an index by weight.
func (w weights) pick(r *splitmix) int {
	x := r.unit() * w[len(w)-1]
	lo, hi := 0, len(w)-1
	for lo < hi {
		if mid := (lo + hi) / 2; x < w[mid] {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo
}
