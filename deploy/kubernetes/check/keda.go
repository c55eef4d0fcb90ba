package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/expr-lang/expr"
	"sigs.k8s.io/yaml"
)

// KEDA's module has the schemas of its resources and of its scalers. Its Go types would check the same, but need a client of
// Kubernetes and a minute of processor time to compile.
const (
	kedaModule = "github.com/kedacore/keda/v2@v2.21.0"
	kedaSum    = "h1:R6z2HZvstK4RLUMxroNACzBj74xGxt3kG59b5Xc+Xps="
)

// By apiVersion and kind.
func kedaSchemas() (map[string]*schema, error) {
	folder, err := kedaFolder()
	if err != nil {
		return nil, err
	}
	schemas := map[string]*schema{}
	for _, name := range []string{"scaledobjects", "triggerauthentications"} {
		text, err := os.ReadFile(filepath.Join(folder, "config", "crd", "bases", "keda.sh_"+name+".yaml"))
		if err != nil {
			return nil, err
		}
		var crd struct {
			Spec struct {
				Group    string
				Names    struct{ Kind string }
				Versions []struct {
					Name   string
					Schema struct{ OpenAPIV3Schema *schema }
				}
			}
		}
		if err := yaml.Unmarshal(text, &crd); err != nil {
			return nil, err
		}
		for _, version := range crd.Spec.Versions {
			schemas[crd.Spec.Group+"/"+version.Name+" "+crd.Spec.Names.Kind] = version.Schema.OpenAPIV3Schema
		}
	}
	return schemas, nil
}

func kedaFolder() (string, error) {
	command := exec.Command("go", "mod", "download", "-json", kedaModule)
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("go mod download %s: %w", kedaModule, err)
	}
	var module struct{ Dir, Sum string }
	if err := json.Unmarshal(output, &module); err != nil {
		return "", err
	}
	if module.Sum != kedaSum {
		return "", fmt.Errorf("%s has the hash %s instead of %s", kedaModule, module.Sum, kedaSum)
	}
	return module.Dir, nil
}

type trigger struct {
	Type, Name string
	Metadata   map[string]string
}

// What KEDA itself refuses beside unknown fields: parameters that the scaler does not have, and a formula that does not compile
// with the names of the triggers.
func checkScaling(o object) error {
	if o.kind != "ScaledObject" {
		return nil
	}
	var scaled struct {
		Spec struct {
			Triggers []trigger
			Advanced struct {
				ScalingModifiers struct{ Formula, Target string }
			}
		}
	}
	if err := yaml.Unmarshal(o.yaml, &scaled); err != nil {
		return err
	}
	values := map[string]float64{}
	for _, one := range scaled.Spec.Triggers {
		values[one.Name] = -1
		if err := checkTrigger(one); err != nil {
			return fmt.Errorf("%s %s: %w", o.kind, o.name, err)
		}
	}
	compiled, err := expr.Compile(scaled.Spec.Advanced.ScalingModifiers.Formula, expr.Env(values))
	if err == nil {
		_, err = expr.Run(compiled, values)
	}
	if err != nil {
		return fmt.Errorf("%s %s: formula: %w", o.kind, o.name, err)
	}
	return nil
}

func checkTrigger(one trigger) error {
	folder, err := kedaFolder()
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(folder, "schema", "generated", "scalers-schema.json"))
	if err != nil {
		return err
	}
	type parameter struct {
		Name     string
		Optional bool
		Default  string
	}
	var all struct {
		Scalers []struct {
			Type       string
			Parameters []parameter
		}
	}
	if err := json.Unmarshal(text, &all); err != nil {
		return err
	}
	for _, scaler := range all.Scalers {
		if scaler.Type != one.Type {
			continue
		}
		for name := range one.Metadata {
			if !slices.ContainsFunc(scaler.Parameters, func(p parameter) bool { return p.Name == name }) {
				return fmt.Errorf("trigger %s: the scaler %s has no parameter %s", one.Name, one.Type, name)
			}
		}
		for _, p := range scaler.Parameters {
			if _, found := one.Metadata[p.Name]; !found && !p.Optional && p.Default == "" {
				return fmt.Errorf("trigger %s: the parameter %s is missing", one.Name, p.Name)
			}
		}
		return nil
	}
	return fmt.Errorf("trigger %s: KEDA has no scaler %s", one.Name, strings.TrimSpace(one.Type))
}
