package io.compot.cli;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * {@code sun.misc.Signal}, the JDK's only way to hear of a signal without ending, by its name: the
 * compiler warns of whoever names it, which nothing can silence.
 */
final class Signals {

  private Signals() {}

  /**
   * Has a signal handled from now on.
   *
   * @param name "INT", "TERM"
   * @param handler hears the signal's number, on a thread of its own
   * @return what restores the handler before; null where the system has no such signal, or the JVM
   *     leaves signals alone
   */
  static @Nullable Runnable handle(String name, IntConsumer handler) {
    try {
      var lookup = MethodHandles.publicLookup();
      Class<?> signalType = Class.forName("sun.misc.Signal");
      Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
      MethodHandle number =
          lookup.findVirtual(signalType, "getNumber", MethodType.methodType(int.class));
      MethodHandle accept =
          lookup
              .findVirtual(
                  IntConsumer.class, "accept", MethodType.methodType(void.class, int.class))
              .bindTo(handler);
      Object proxy =
          MethodHandleProxies.asInterfaceInstance(
              handlerType, MethodHandles.filterArguments(accept, 0, number));
      MethodHandle handle =
          lookup.findStatic(
              signalType, "handle", MethodType.methodType(handlerType, signalType, handlerType));
      Object signal = signalType.getConstructor(String.class).newInstance(name);
      Object before = handle.invoke(signal, proxy);
      return () -> restore(handle, signal, before);
    } catch (Throwable unavailable) {
      return null;
    }
  }

  private static void restore(MethodHandle handle, Object signal, Object before) {
    try {
      handle.invoke(signal, before);
    } catch (Throwable e) {
      throw new IllegalStateException("a signal's handler was there and cannot be put back", e);
    }
  }
}
