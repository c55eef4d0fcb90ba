package main

import (
	"fmt"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// One object of a built kustomization, as YAML.
type object struct {
	apiVersion, kind, name string
	yaml                   []byte
}

// As `kustomize build FOLDER`, with its restrictions: no file from outside of the folder.
func build(folder string) ([]object, error) {
	made, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		return nil, fmt.Errorf("kustomize build %s: %w", folder, err)
	}
	objects := make([]object, 0, made.Size())
	for _, resource := range made.Resources() {
		yaml, err := resource.AsYAML()
		if err != nil {
			return nil, err
		}
		gvk := resource.GetGvk()
		objects = append(objects, object{apiVersion: gvk.ApiVersion(), kind: gvk.Kind, name: resource.GetName(), yaml: yaml})
	}
	return objects, nil
}
