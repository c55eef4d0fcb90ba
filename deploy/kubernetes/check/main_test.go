package main

import (
	"bytes"
	"strings"
	"testing"
)

// A field of the overlay, how it is misspelt, and what the error names.
var misspelt = []struct{ folder, right, wrong, named string }{
	{"../overlays/cpu", "terminationGracePeriodSeconds:", "terminationGracePeriodSecond:", "terminationGracePeriodSecond"},
	{"../overlays/cpu", "readOnlyRootFilesystem:", "readonlyRootFileSystems:", "readonlyRootFileSystems"},
	{"../overlays/cpu", "maxUnavailable: 1\n  selector:", "maxUnavailabel: 1\n  selector:", "maxUnavailabel"},
	{"../overlays/cpu", "cpu: 250m", "cpu: 250 m", "quantities"},
	{"../overlays/netpol", "policyTypes:", "policyType:", "policyType"},
	{"../overlays/keda", "maxReplicaCount:", "maxReplicasCount:", "maxReplicasCount"},
	{"../overlays/keda", "scalingModifiers:", "scalingModifier:", "scalingModifier"},
	{"../overlays/keda", "cooldownPeriod: 300", "cooldownPeriod: soon", "cooldownPeriod"},
	{"../overlays/keda", "metricType: AverageValue", "metricType: Average", "metricType"},
	{"../overlays/keda", "lagThreshold:", "lagTreshold:", "lagTreshold"},
	{"../overlays/keda", "formula: high + normal + low", "formula: high + normal + lwo", "lwo"},
	{"testdata/shared", "podMetricsEndpoints:", "podMetricEndpoints:", "podMetricEndpoints"},
}

func TestMisspeltFieldsAreErrors(t *testing.T) {
	crds, err := kedaSchemas()
	if err != nil {
		t.Fatal(err)
	}
	built := map[string][]object{}
	for _, one := range misspelt {
		if built[one.folder] == nil {
			if built[one.folder], err = build(one.folder); err != nil {
				t.Fatal(err)
			}
		}
		found := false
		for _, o := range built[one.folder] {
			if !bytes.Contains(o.yaml, []byte(one.right)) {
				continue
			}
			found = true
			if err := checkObject(o, crds); err != nil {
				t.Fatalf("%s %s: %v", o.kind, o.name, err)
			}
			o.yaml = bytes.ReplaceAll(o.yaml, []byte(one.right), []byte(one.wrong))
			if err := checkObject(o, crds); err == nil || !strings.Contains(err.Error(), one.named) {
				t.Errorf("%s %s with %q: %v", o.kind, o.name, one.wrong, err)
			}
		}
		if !found {
			t.Errorf("%s has no %q", one.folder, one.right)
		}
	}
}
