package flow

// prime lowers the prices of sinks that fewer rows would come to than the prices say must be used, in a few rounds: by the
// mean of what rows save at their best sink, for as large a share of its load as it lacks. It is a guess at where the
// prices end, for less than the backward searches that it spares; those that follow are exact from any prices.
// look finds a row's best sink (out: leaving out is as good), the value there and the second best value.
func (s *core) prime(look func(i int32) (j, v1, v2 int32)) (fell bool) {
	for range primeRounds {
		clear(s.load) // how many would come
		saved, came := int64(0), int64(0)
		for i := range s.rows {
			if j, v1, v2 := look(int32(i)); j >= 0 {
				s.load[j]++
				saved += int64(v2 - v1)
				came++
			}
		}
		if came == 0 {
			break
		}
		lacks := int64(0)
		for j, n := range s.load {
			places := s.loads.Of(int32(j))
			used := int32(0)
			for used < int32(len(places)) && places[used] < s.p[j] {
				used++
			}
			lack := int64(used - n)
			if lack <= 0 || s.closed[j] {
				continue
			}
			lacks += lack
			fall := saved / came * lack / int64(max(n, int32(len(places)/2), 1))
			s.p[j] = max(s.p[j]-int32(min(fall, MaxCost)), places[used-1]) // not past a place at once
			fell = true
		}
		s.lower()
		if lacks*enough < int64(len(s.rows)) {
			break
		}
	}
	clear(s.load)
	return fell
}

// primeRounds: more rounds leave fewer backward searches, but make the forward ones longer.
const primeRounds = 2

// enough: if fewer than one in so many rows is lacking, searches fill the places faster.
const enough = 200
