package main

import (
	"fmt"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	"sigs.k8s.io/yaml"
)

// The types that the kustomizations use; an object of another type is an error too.
var types = map[string]func() any{
	"v1 ConfigMap":                        func() any { return new(core.ConfigMap) },
	"v1 PersistentVolumeClaim":            func() any { return new(core.PersistentVolumeClaim) },
	"v1 Service":                          func() any { return new(core.Service) },
	"v1 ServiceAccount":                   func() any { return new(core.ServiceAccount) },
	"apps/v1 Deployment":                  func() any { return new(apps.Deployment) },
	"apps/v1 StatefulSet":                 func() any { return new(apps.StatefulSet) },
	"policy/v1 PodDisruptionBudget":       func() any { return new(policy.PodDisruptionBudget) },
	"networking.k8s.io/v1 NetworkPolicy":  func() any { return new(networking.NetworkPolicy) },
	"monitoring.coreos.com/v1 PodMonitor": func() any { return new(monitoring.PodMonitor) },
}

// Decodes the object into its type, or compares it with the schema of its custom resource.
func checkObject(o object, crds map[string]*schema) error {
	kind := o.apiVersion + " " + o.kind
	where := fmt.Sprintf("%s %s", o.kind, o.name)
	if crd, found := crds[kind]; found {
		var value any
		if err := yaml.UnmarshalStrict(o.yaml, &value); err != nil {
			return fmt.Errorf("%s: %w", where, err)
		}
		if err := crd.check(value, ""); err != nil {
			return fmt.Errorf("%s: %w", where, err)
		}
		return checkScaling(o)
	}
	make, found := types[kind]
	if !found {
		return fmt.Errorf("%s: no type of %s is known to this check", where, kind)
	}
	if err := yaml.UnmarshalStrict(o.yaml, make()); err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	return nil
}
