package io.compot.kernel;

import java.lang.reflect.InvocationTargetException;

/**
 * The module of the Vector API. A JVM has it where it was started with {@code --add-modules}, which
 * prints a warning each time that nobody who runs a program can heed. Where it was started with
 * {@code -XX:+EnableVectorSupport} and lets this class call what its own agents are loaded by, the
 * module is added now, without one; this program's launcher does that.
 */
final class VectorModule {

  static final String NAME = "jdk.incubator.vector";

  private static final boolean THERE = isThere();

  private VectorModule() {}

  /** Whether vectors may be used. */
  static boolean there() {
    return THERE;
  }

  private static boolean isThere() {
    if (ModuleLayer.boot().findModule(NAME).isPresent()) {
      return true;
    }
    if (!Boolean.getBoolean("compot.vectors")) {
      return false; // without the VM's support vectors are slower than plain Java
    }
    try {
      Class<?> modules = Class.forName("jdk.internal.module.Modules");
      return modules.getMethod("loadModule", String.class).invoke(null, NAME) != null;
    } catch (ClassNotFoundException
        | NoSuchMethodException
        | IllegalAccessException
        | InvocationTargetException e) {
      return false; // another JVM, or one without the module
    }
  }
}
