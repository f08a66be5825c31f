package runner

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/apicel/apicel/spec"
)

// ReportFile is a report and the file that it was read from, which messages name.
type ReportFile struct {
	File   string
	Report *Report
}

// Merge makes one report of several: of the shards of a run, or of runs of different
// suites. The parts of a suite that stood in several shards become one suite; what each
// of them sent for itself, setup and teardown, is kept and told apart by the shard.
// Suites are in the order of their paths, whatever the order of the files is.
//
// It refuses reports that make no run together: one shard twice, shards of different
// cuts, a query that several reports have. Shards that are missing are no error
// here: [Report.MissingShards] names them. The reports that were given are used up.
func Merge(reports []ReportFile) (*Report, error) {
	m := &merge{owners: map[ownedQuery]string{}, suites: map[suiteKey]*SuiteReport{}}
	for _, r := range reports {
		m.parts = append(m.parts, partsOf(r)...)
	}
	if err := checkParts(m.parts); err != nil {
		return nil, err
	}
	// The lowest shard first, so that what is told apart is so in the same way each time.
	reports = slices.Clone(reports)
	slices.SortStableFunc(reports, func(a, b ReportFile) int {
		return cmp.Or(cmp.Compare(firstShard(a.Report), firstShard(b.Report)), cmp.Compare(a.File, b.File))
	})
	for _, r := range reports {
		for _, s := range r.Report.Suites {
			if err := m.suite(r, s); err != nil {
				return nil, err
			}
		}
	}
	return m.report(reports), nil
}

type merge struct {
	parts  []Part
	owners map[ownedQuery]string // the files that queries came from
	suites map[suiteKey]*SuiteReport
	order  []*SuiteReport
}

// suiteKey tells one repetition of a suite from all others.
type suiteKey struct {
	id         string
	repetition int
}

func keyOf(s *SuiteReport) suiteKey { return suiteKey{cmp.Or(s.ID, s.File), s.Repetition} }

// ownedQuery is a query that only one report may have; without a name it is the
// suite itself, one that has no queries.
type ownedQuery struct {
	suite suiteKey
	name  string
}

// partsOf returns the runs that a report tells of.
func partsOf(r ReportFile) []Part {
	if len(r.Report.Parts) > 0 {
		return r.Report.Parts
	}
	p := r.Report
	return []Part{{
		File: r.File, Shard: p.Shard, Apicel: p.Apicel, Hostname: p.Hostname, Started: p.Started, Duration: p.Duration,
		Seed: p.Seed, Shuffle: p.Shuffle, Jobs: p.Jobs, Stopped: p.Stopped,
	}}
}

func firstShard(r *Report) int {
	for _, p := range partsOf(ReportFile{Report: r}) {
		if p.Shard != nil {
			return p.Shard.Index
		}
	}
	return 0
}

// checkParts refuses shards that are not of one cut.
func checkParts(parts []Part) error {
	var first *Part
	seen := map[int]string{}
	for i := range parts {
		p := &parts[i]
		if p.Shard == nil {
			continue
		}
		if first == nil {
			first = p
		}
		s := *p.Shard
		switch {
		case s.Total < 1 || s.Total > MaxShards || s.Index < 1 || s.Index > s.Total:
			return fmt.Errorf("%s says that it is shard %d of %d, which there cannot be", p.File, s.Index, s.Total)
		case s.Total != first.Shard.Total:
			return fmt.Errorf("%s is one of %d shards and %s one of %d: they are not of one run", first.File, first.Shard.Total, p.File, s.Total)
		case seen[s.Index] != "":
			return fmt.Errorf("%s and %s are both shard %d/%d", seen[s.Index], p.File, s.Index, s.Total)
		case s.Cut != first.Shard.Cut:
			return fmt.Errorf("%s and %s were cut from different queries, or by different --timings: what is in neither of them would be missed", first.File, p.File)
		}
		seen[s.Index] = p.File
	}
	return nil
}

// MissingShards returns the numbers of the shards that a merged report lacks.
func (r *Report) MissingShards() []int {
	var missing []int
	has, total := map[int]bool{}, 0
	for _, p := range r.Parts {
		if p.Shard != nil {
			has[p.Shard.Index], total = true, p.Shard.Total
		}
	}
	for i := 1; i <= total; i++ {
		if !has[i] {
			missing = append(missing, i)
		}
	}
	return missing
}

// suite adds what a report has of a suite.
func (m *merge) suite(from ReportFile, s *SuiteReport) error {
	if err := m.own(from.File, s); err != nil {
		return err
	}
	if s.Seed == nil {
		s.Seed = &from.Report.Seed
	}
	key := keyOf(s)
	into := m.suites[key]
	if into == nil {
		m.suites[key] = s
		m.order = append(m.order, s)
		markShard(s, from.Report.Shard)
		return nil
	}
	markShard(s, from.Report.Shard)
	into.absorb(s)
	return nil
}

// own refuses a query that another report has, too.
func (m *merge) own(file string, s *SuiteReport) error {
	claim := func(name, what string) error {
		key := ownedQuery{keyOf(s), name}
		if first := m.owners[key]; first != "" && first != file {
			return fmt.Errorf("%s and %s both have %s: reports that are merged must be of different queries", first, file, what)
		}
		m.owners[key] = file
		return nil
	}
	if len(s.Queries) == 0 {
		return claim("", fmt.Sprintf("the suite %s", s.File))
	}
	for _, q := range s.Queries {
		if q.Phase == string(spec.PhaseQueries) && !q.Needed {
			if err := claim(q.Name, fmt.Sprintf("the query %q of %s", q.Name, s.File)); err != nil {
				return err
			}
		}
	}
	return nil
}

// markShard notes on each query which shard sent it.
func markShard(s *SuiteReport, shard *Shard) {
	for _, q := range s.Queries {
		if q.Shard == 0 && shard != nil {
			q.Shard = shard.Index
		}
	}
}

// absorb adds another part of the same suite. Its setup and teardown get a name of
// their own where the suite has one like it.
func (s *SuiteReport) absorb(part *SuiteReport) {
	taken := names{}
	for _, q := range s.Queries {
		taken.take(q.Name, nil)
	}
	for _, q := range part.Queries {
		if taken[q.Name] == 0 {
			continue
		}
		q.Query = cmp.Or(q.Query, q.Name)
		if q.Shard > 0 {
			q.Name = fmt.Sprintf("%s (shard %d)", q.Name, q.Shard)
		}
		q.Name = taken.take(q.Name, nil)
	}
	s.Queries = append(s.Queries, part.Queries...)
	if part.Started.Before(s.Started) {
		s.Started = part.Started
	}
	s.Duration = max(s.Duration, part.Duration)
	for _, p := range part.Problems {
		if !slices.Contains(s.Problems, p) {
			s.Problems = append(s.Problems, p)
		}
	}
	for _, w := range part.Waits {
		if !slices.ContainsFunc(s.Waits, func(x Waits) bool { return x.Query == w.Query }) {
			s.Waits = append(s.Waits, w)
		}
	}
	s.Counts.BadSuites = max(s.Counts.BadSuites, part.Counts.BadSuites)
	s.sort()
}

// sort puts the queries of several parts into the order of the file.
func (s *SuiteReport) sort() {
	rowOf := func(q *QueryReport) int {
		if q.RowIndex == nil {
			return -1
		}
		return *q.RowIndex
	}
	slices.SortStableFunc(s.Queries, func(a, b *QueryReport) int {
		return cmp.Or(
			cmp.Compare(phaseRank[spec.Phase(a.Phase)], phaseRank[spec.Phase(b.Phase)]),
			cmp.Compare(a.Line, b.Line), cmp.Compare(a.Shard, b.Shard), cmp.Compare(rowOf(a), rowOf(b)),
		)
	})
	places := map[string]int{}
	for i, q := range s.Queries {
		name := cmp.Or(q.Query, q.Name)
		if _, known := places[name]; !known {
			places[name] = i
		}
	}
	slices.SortStableFunc(s.Waits, func(a, b Waits) int { return cmp.Compare(places[a.Query], places[b.Query]) })
}

// report returns the whole.
func (m *merge) report(reports []ReportFile) *Report {
	first := reports[0].Report
	all := &Report{
		Version: ReportVersion, Started: first.Started, Seed: first.Seed, Shuffle: first.Shuffle,
		Suites: []*SuiteReport{}, Parts: m.parts,
	}
	slices.SortStableFunc(all.Parts, func(a, b Part) int { return cmp.Compare(shardIndex(a), shardIndex(b)) })
	for _, p := range all.Parts {
		all.add(p)
	}
	for _, r := range reports {
		all.Repetitions = max(all.Repetitions, r.Report.Repetitions)
	}
	for _, s := range m.order {
		bad := s.Counts.BadSuites
		s.Counts = Counts{BadSuites: bad}
		for _, q := range s.Queries {
			s.Counts.count(q)
		}
		if s.Status = s.Counts.status(); bad > 0 {
			s.Status = StatusErrored
		}
		if *s.Seed == all.Seed {
			s.Seed = nil
		}
		all.Counts.add(s.Counts)
		all.Suites = append(all.Suites, s)
	}
	slices.SortStableFunc(all.Suites, func(a, b *SuiteReport) int {
		return cmp.Or(cmp.Compare(a.Repetition, b.Repetition), slices.Compare(strings.Split(a.File, "/"), strings.Split(b.File, "/")))
	})
	return all
}

func shardIndex(p Part) int {
	if p.Shard == nil {
		return 0
	}
	return p.Shard.Index
}

// add adds what is known of a part as a whole. The run took as long as its longest
// part, since shards run beside each other.
func (r *Report) add(p Part) {
	if p.Started.Before(r.Started) {
		r.Started = p.Started
	}
	r.Duration, r.Jobs = max(r.Duration, p.Duration), max(r.Jobs, p.Jobs)
	r.Apicel, r.Hostname = joined(r.Apicel, p.Apicel), joined(r.Hostname, p.Hostname)
	if rank := stopRank(p.Stopped); rank > stopRank(r.Stopped) {
		r.Stopped = p.Stopped
	}
	// The order can be had again where the seeds of order and values differ by as much.
	if r.Shuffle != nil && (p.Shuffle == nil || *p.Shuffle-p.Seed != *r.Shuffle-r.Seed) {
		r.Shuffle = nil
	}
}

// joined adds a name to a list of different ones.
func joined(list, name string) string {
	switch {
	case list == "" || name == "":
		return list + name
	case slices.Contains(strings.Split(list, ", "), name):
		return list
	}
	return list + ", " + name
}

// stopRank orders reasons to stop by what they leave unknown.
func stopRank(s Stop) int {
	return slices.Index([]Stop{"", StopFailFast, StopTimeout, StopInterrupted}, s)
}
