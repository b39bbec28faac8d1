package layertap.process;

import java.util.function.Supplier;

/** What came of work that another thread waits for: its value, or what it threw. */
public final class Outcome<T> {
  private final T value;
  private final Throwable failure;

  private Outcome(T value, Throwable failure) {
    this.value = value;
    this.failure = failure;
  }

  /** Does the work. */
  public static <T> Outcome<T> of(Supplier<T> work) {
    try {
      return new Outcome<>(work.get(), null);
    } catch (Throwable e) {
      return failed(e);
    }
  }

  /** Of work that threw. */
  public static <T> Outcome<T> failed(Throwable failure) {
    return new Outcome<>(null, failure);
  }

  public boolean isFailure() {
    return failure != null;
  }

  /**
   * The value; what the work threw is thrown as it is, also a checked exception: Scala's code, as
   * Spark's, throws them without declaring them.
   */
  public T get() {
    if (failure != null) {
      throw Outcome.<RuntimeException>undeclared(failure);
    }
    return value;
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <E extends Throwable> E undeclared(Throwable failure) throws E {
    throw (E) failure;
  }
}
