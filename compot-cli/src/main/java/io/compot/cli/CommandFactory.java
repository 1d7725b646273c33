package io.compot.cli;

import java.lang.reflect.Constructor;
import picocli.CommandLine;
import picocli.CommandLine.IFactory;

/** Makes the commands, giving the screen to those that write. */
final class CommandFactory implements IFactory {

  private final Screen screen;
  private final ProgressLog log;

  CommandFactory(Screen screen, ProgressLog log) {
    this.screen = screen;
    this.log = log;
  }

  @Override
  public <K> K create(Class<K> type) throws Exception {
    if (type == OutputOptions.class) {
      return type.cast(new OutputOptions(log));
    }
    for (Constructor<?> constructor : type.getDeclaredConstructors()) {
      if (constructor.getParameterCount() == 1
          && constructor.getParameterTypes()[0] == Screen.class) {
        return type.cast(constructor.newInstance(screen));
      }
    }
    return CommandLine.defaultFactory().create(type);
  }
}
