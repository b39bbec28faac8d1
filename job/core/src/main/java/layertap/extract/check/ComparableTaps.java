package layertap.extract.check;

import java.util.ArrayList;
import java.util.List;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import layertap.model.cut.TapPoint;
import layertap.model.cut.TruncatedModel;
import layertap.model.select.FeedPoint;
import org.tensorflow.proto.DataType;

/**
 * A model with the values of its taps in types that Java has.
 *
 * @param model with a cast behind each tap that needs one
 * @param fetches for each tap the tensor to fetch
 */
record ComparableTaps(TruncatedModel model, List<TensorId> fetches) {
  ComparableTaps {
    fetches = List.copyOf(fetches);
  }

  static ComparableTaps of(TruncatedModel model) {
    NodeDefs casts = new NodeDefs("layertap_check/");
    List<TensorId> fetches = new ArrayList<>();
    for (TapPoint tap : model.taps()) {
      DataType type = FeedPoint.fedType(tap.dtype());
      fetches.add(
          type == tap.dtype()
              ? tap.fetch()
              : casts.cast("tap_" + fetches.size(), tap.fetch(), tap.dtype(), type));
    }
    return new ComparableTaps(model.with(casts.nodes()), fetches);
  }
}
