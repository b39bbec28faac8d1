package layertap.cli.inspect;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import layertap.cli.listing.Blocks;
import layertap.graph.TensorId;
import layertap.model.layers.Layer;
import layertap.model.layers.LayerCall;

/** Layers as they are grouped into blocks. */
final class BlockItems {
  private BlockItems() {}

  /** Each layer with the last one that takes what it gives. */
  static List<Blocks.Item> of(List<Layer> layers) {
    Map<TensorId, Integer> lastUses = new HashMap<>();
    for (int i = 0; i < layers.size(); i++) {
      for (LayerCall call : layers.get(i).calls()) {
        for (TensorId input : call.inputs()) {
          lastUses.put(input, i);
        }
      }
    }
    List<Blocks.Item> items = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      int last = i;
      for (LayerCall call : layers.get(i).calls()) {
        for (TensorId output : call.outputs().values()) {
          last = Math.max(last, lastUses.getOrDefault(output, i));
        }
      }
      items.add(new Blocks.Item(layers.get(i).names(), last));
    }
    return items;
  }
}
