/**
 * KHR_materials_unlit: every material of the document shows its texture as it is, without light.
 */
import { Extension, type WriterContext } from "@gltf-transform/core";

const NAME = "KHR_materials_unlit";

export class Unlit extends Extension {
  static override readonly EXTENSION_NAME = NAME;
  override readonly extensionName = NAME;

  read(): this {
    return this;
  }

  write({ jsonDoc, materialIndexMap }: WriterContext): this {
    for (const material of this.document.getRoot().listMaterials()) {
      const definition = jsonDoc.json.materials?.[materialIndexMap.get(material) ?? -1];
      if (definition) definition.extensions = { ...definition.extensions, [NAME]: {} };
    }
    return this;
  }
}
