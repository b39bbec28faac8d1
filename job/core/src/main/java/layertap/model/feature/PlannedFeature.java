package layertap.model.feature;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.model.cut.CutTap;
import layertap.model.feature.FeatureOptions.Pool;
import layertap.model.gradient.Derivative;
import org.tensorflow.proto.DataType;

/**
 * A feature as the session gives it.
 *
 * @param column name of its column
 * @param tap where it comes from; its dtype and shape are the tensor's in the model
 * @param form that was applied
 * @param fetch tensor that holds it
 * @param dtype that crosses to Java
 * @param rowShape shape of one row, after pooling, as TensorFlow infers it; what columns there are
 *     follows from it
 * @param gradient what it is derived from, for a derivative; null for a tensor of the model
 */
public record PlannedFeature(
    String column,
    CutTap tap,
    FeatureOptions form,
    TensorId fetch,
    DataType dtype,
    TensorShape rowShape,
    Derivative gradient)
    implements Serializable {
  /** A feature that is a tensor of the model. */
  public PlannedFeature(
      String column,
      CutTap tap,
      FeatureOptions form,
      TensorId fetch,
      DataType dtype,
      TensorShape rowShape) {
    this(column, tap, form, fetch, dtype, rowShape, null);
  }

  /** The same, said to be a derivative. */
  public PlannedFeature derivedFrom(Derivative derivative) {
    return new PlannedFeature(column, tap, form, fetch, dtype, rowShape, derivative);
  }

  /** Whether it is a derivative. */
  public boolean isGradient() {
    return gradient != null;
  }

  public PlannedFeature {
    requireNonNull(column, "column is null");
    requireNonNull(tap, "tap is null");
    requireNonNull(form, "form is null");
    requireNonNull(fetch, "fetch is null");
    requireNonNull(dtype, "dtype is null");
    requireNonNull(rowShape, "rowShape is null");
  }

  /** Finds its tap again, fully spelled. */
  public String selector() {
    return tap.selector();
  }

  /** The shape of one row with the steps of loops, where the model fixes their number. */
  public TensorShape fullRowShape() {
    return form.pool() == Pool.NONE ? tap.fullShape().withoutBatch() : rowShape;
  }

  /** Path of the layer that it comes from; empty for a raw tensor. */
  public String layer() {
    return tap.layer();
  }

  /** The tensor of the model that it comes from. */
  public TensorId tensor() {
    return tap.tensor();
  }
}
