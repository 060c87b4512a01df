// A view whose code is loaded when it is first shown.
import type { ComponentType, FunctionComponent } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Failure } from "./parts.tsx";

/** The view that `load` brings; until it is there the page says that it is on its way, or that it did not come. */
export function later<P extends object>(load: () => Promise<ComponentType<P>>): FunctionComponent<P> {
  let loaded: ComponentType<P> | undefined;
  return function Later(props: P) {
    const [tries, setTries] = useState(0);
    const [View, setView] = useState<ComponentType<P> | undefined>(() => loaded);
    const [error, setError] = useState<Error>();
    useEffect(() => {
      if (View) return;
      let current = true;
      setError(undefined);
      load().then(
        (view) => {
          loaded = view;
          if (current) setView(() => view);
        },
        () => current && setError(new Error("The network may be down, or the server has a newer page: then load it again.")),
      );
      return () => {
        current = false;
      };
    }, [View, tries]);

    if (View) return <View {...props} />;
    if (error) return <Failure error={error} what="This view could not be loaded" retry={() => setTries((n) => n + 1)} />;
    return (
      <p class="empty" role="status">
        Loading…
      </p>
    );
  };
}
