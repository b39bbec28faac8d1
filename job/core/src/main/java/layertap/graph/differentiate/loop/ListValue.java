package layertap.graph.differentiate.loop;

import java.util.Optional;
import java.util.function.IntFunction;
import layertap.graph.TensorId;

/** A list of tensors whose length is known. Immutable; each is the one before with a change. */
final class ListValue {
  private final int length;
  private final IntFunction<Optional<TensorId>> elements;
  private final ListValue before;
  private final int changed;
  private final TensorId value;

  private ListValue(
      int length,
      IntFunction<Optional<TensorId>> elements,
      ListValue before,
      int changed,
      TensorId value) {
    this.length = length;
    this.elements = elements;
    this.before = before;
    this.changed = changed;
    this.value = value;
  }

  static ListValue of(int length, IntFunction<Optional<TensorId>> elements) {
    return new ListValue(length, elements, null, 0, null);
  }

  /** A list in which nothing has been written yet. */
  static ListValue empty(int length) {
    return of(length, index -> Optional.empty());
  }

  int length() {
    return length;
  }

  /** The list with another element; with one more if the index is the length. */
  ListValue with(int index, TensorId element) {
    return new ListValue(Math.max(length, index + 1), elements, this, index, element);
  }

  /** The element, if it has been written. */
  Optional<TensorId> element(int index) {
    ListValue current = this;
    while (current.before != null) {
      if (current.changed == index) {
        return Optional.of(current.value);
      }
      current = current.before;
    }
    return index < current.length ? elements.apply(index) : Optional.empty();
  }
}
