package calendar

// matching gives each job one of the bins it can go to, no bin more than its room, by augmenting paths (Kuhn). It serves the
// visits (visits to days); the rota, whose loads have prices, has its own (dutyfair.go). All choices go by index, so the same input gives the same
// answer. It prices nothing: planner/flow does that.
type matching struct {
	can   [][]int32 // by job: the bins it can go to, the preferred first
	room  []int     // by bin
	at    []int32   // by job: its bin, -1 none
	in    [][]int32 // by bin: its jobs
	from  []int32   // by bin: the job by which the search came there
	mark  []int32   // by bin: number of the search that saw it
	runs  int32
	queue []int32 // the search's queue
}

func newMatching(can [][]int32, bins int) *matching {
	m := &matching{can: can, room: make([]int, bins), at: make([]int32, len(can)), in: make([][]int32, bins),
		from: make([]int32, bins), mark: make([]int32, bins)}
	m.clear()
	return m
}

// clear takes every job out of its bin; rooms stay.
func (m *matching) clear() {
	for i := range m.at {
		m.at[i] = -1
	}
	for b := range m.in {
		m.in[b] = m.in[b][:0]
	}
}

// put moves a job into a bin, without regard to its room.
func (m *matching) put(job, bin int32) {
	if old := m.at[job]; old >= 0 {
		in := m.in[old]
		for i, j := range in {
			if j == job {
				m.in[old] = append(in[:i], in[i+1:]...)
				break
			}
		}
	}
	m.at[job] = bin
	m.in[bin] = append(m.in[bin], job)
}

// place finds a bin for a job, moving others along an augmenting path if it must. A job it cannot place now never fits
// while rooms stay as they are.
func (m *matching) place(job int32) bool {
	return m.search(m.can[job], job, func(b int32) bool { return len(m.in[b]) < m.room[b] })
}

// even moves jobs along paths from fuller to emptier bins until no path leads from a bin to one with at least two jobs
// less: then no assignment of the same jobs has a lower sum of squares of loads (the cost-reducing paths of Harvey,
// Ladner, Lovász and Tamir, Semi-matchings for bipartite graphs and load balancing, 2006).
func (m *matching) even() {
	for moved := true; moved; {
		moved = false
		for b := range m.in {
			for m.relieve(int32(b)) {
				moved = true
			}
		}
	}
}

func (m *matching) relieve(bin int32) bool {
	for _, job := range m.in[bin] {
		if m.search(m.can[job], job, func(b int32) bool { return len(m.in[b])+2 <= len(m.in[bin]) && len(m.in[b]) < m.room[b] }) {
			return true
		}
	}
	return false
}

// search goes breadth first from the bins that job can enter to one that ends the path, and moves the jobs along it.
func (m *matching) search(first []int32, job int32, ends func(bin int32) bool) bool {
	m.runs++
	queue := m.queue[:0]
	see := func(b, job int32) {
		if m.mark[b] != m.runs {
			m.mark[b] = m.runs
			m.from[b] = job
			queue = append(queue, b)
		}
	}
	if at := m.at[job]; at >= 0 {
		m.mark[at] = m.runs // a path never comes back to where it began
	}
	for _, b := range first {
		see(b, job)
	}
	for i := 0; i < len(queue); i++ {
		b := queue[i]
		if ends(b) {
			m.queue = queue
			for {
				j := m.from[b]
				prev := m.at[j]
				m.put(j, b)
				if j == job {
					return true
				}
				b = prev
			}
		}
		for _, j := range m.in[b] {
			for _, next := range m.can[j] {
				see(next, j)
			}
		}
	}
	m.queue = queue
	return false
}
