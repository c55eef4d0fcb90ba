package main

import (
	"fmt"
	"slices"
)

// The part of OpenAPI v3 that custom resources are described with.
type schema struct {
	Type                 string             `json:"type"`
	Properties           map[string]*schema `json:"properties"`
	AdditionalProperties *schema            `json:"additionalProperties"`
	Items                *schema            `json:"items"`
	Required             []string           `json:"required"`
	Enum                 []any              `json:"enum"`
	Minimum              *float64           `json:"minimum"`
	PreservesUnknown     bool               `json:"x-kubernetes-preserve-unknown-fields"`
	IntOrString          bool               `json:"x-kubernetes-int-or-string"`
}

// An error names the path of what the schema does not allow, such as an unknown field.
func (s *schema) check(value any, path string) error {
	if len(s.Enum) > 0 && !slices.Contains(s.Enum, value) {
		return fmt.Errorf("%s is %v, but must be one of %v", path, value, s.Enum)
	}
	switch value := value.(type) {
	case map[string]any:
		return s.checkFields(value, path)
	case []any:
		if s.Items == nil {
			return fmt.Errorf("%s is a list, but must be a %s", path, s.Type)
		}
		for index, item := range value {
			if err := s.Items.check(item, fmt.Sprintf("%s[%d]", path, index)); err != nil {
				return err
			}
		}
	case string:
		return s.checkType(path, "string")
	case bool:
		return s.checkType(path, "boolean")
	case float64:
		if s.Minimum != nil && value < *s.Minimum {
			return fmt.Errorf("%s is %v, but must be at least %v", path, value, *s.Minimum)
		}
		return s.checkType(path, "integer", "number")
	}
	return nil
}

func (s *schema) checkType(path string, accepted ...string) error {
	if s.IntOrString || s.PreservesUnknown || slices.Contains(accepted, s.Type) {
		return nil
	}
	return fmt.Errorf("%s must be a %s, but is a %s", path, s.Type, accepted[0])
}

func (s *schema) checkFields(fields map[string]any, path string) error {
	for _, name := range s.Required {
		if _, found := fields[name]; !found {
			return fmt.Errorf("%s.%s is missing", path, name)
		}
	}
	// The metadata of an object, which every resource has.
	if s.Type == "object" && s.Properties == nil && s.AdditionalProperties == nil {
		return nil
	}
	for name, value := range fields {
		inner, found := s.Properties[name]
		if !found {
			inner = s.AdditionalProperties
		}
		if inner == nil {
			if s.PreservesUnknown {
				continue
			}
			return fmt.Errorf("%s: unknown field %q", path, name)
		}
		if err := inner.check(value, path+"."+name); err != nil {
			return err
		}
	}
	return nil
}
